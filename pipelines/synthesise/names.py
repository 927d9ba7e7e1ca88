"""Names for made pupils: put together for this project, from the many roots of names in English schools.

Every name can be written in Windows-1252, since one of the layouts must be.
"""

_GIRLS = """
    Aaliyah Abena Abigail Adaeze Agnieszka Aisha Alice Amara Amelia Amina Amrit Ana Anaïs Anjali Anna
    Annie Arabella Ayesha Beatrice Beatriz Bella Bethan Blessing Bronwen Camille Caoimhe Carys Catrin
    Cerys Charlotte Chiara Chidinma Chloe Chloé Clara Daisy Daniela Darcey Divya Dorcas Ebony Efua Elen
    Elif Eliza Elsie Emilia Emily Erin Esme Esmé Esther Eva Evie Faith Farah Fatima Fatou Ffion Fiona
    Freya Gabriela Georgia Gloria Grace Gwen Habiba Hafsa Halima Hannah Harleen Harriet Hattie Heidi
    Hollie Ife Imani Imogen Inaya Ines Iqra Iris Isla Ivana Jade Jasmine Jessica Jia Joanna Josephine
    Joy Julia Kadija Karolina Katie Kayleigh Keira Khadija Kiera Kiran Lacey Laila Lara Layla Leah Leila
    Lena Lily Lola Lottie Lucia Lucy Maisie Malala Maria Mariam Martha Maryam Matilda Maya Megan Mei Mia
    Mila Millie Molly Morgan Nadia Naomi Navneet Nia Niamh Nicole Noor Olivia Oluchi Paige Phoebe Poppy
    Precious Priya Rabia Renée Rhiannon Robyn Roisin Rose Ruby Ruth Sadie Safa Saffron Salma Samira Sana
    Saoirse Sara Scarlett Selin Seren Shanice Simran Siân Sofia Sophie Stella Sukhi Summer Suri Tabitha
    Tamara Tanisha Tara Teagan Temi Thea Tia Tilly Uma Valentina Vanessa Victoria Violet Wanjiru Willow
    Xanthe Yara Yasmin Ying Ysabel Yusra Zahra Zainab Zara Zoë Zofia Zuzanna
"""

_BOYS = """
    Aaron Abdul Abdullahi Adam Adeyemi Aidan Ajay Alex Alfie Ali Amir Andrei Angus Anthony Aron Arjun
    Arthur Ayaan Babatunde Bailey Ben Benedict Bilal Blake Bobby Brandon Brendan Bruno Caleb Callum
    Cameron Carlos Charlie Chidi Christopher Cian Connor Corey Dafydd Daniel Danyal Darius David Declan
    Dev Dewi Dominic Dylan Ebrima Edward Elijah Elliot Emeka Emmanuel Ethan Evan Ezra Faisal Farhan
    Felix Filip Finlay Finn Francis Frankie Freddie Gabriel George Gethin Girish Gurdeep Guto Hamza
    Harley Harry Harvey Hassan Hayden Henry Hugh Hugo Hussain Ibrahim Idris Ieuan Imran Isaac Ishaan
    Ismail Ivan Iwan Jack Jacob Jake Jakub Jamal James Jamie Jaspal Jayden Jenson Jerome Joel John Jonah
    Jordan José Joseph Joshua Jude Junaid Kai Kamil Karan Keanu Keir Kelechi Khalid Kian Kieran Kofi
    Kwame Kyle Lachlan Leo Leon Lewis Liam Logan Louis Luca Lucas Luis Luke Macsen Mahmoud Malachi
    Marcus Mario Mason Matthew Max Michael Miguel Milo Mohammed Morgan Moses Muhammad Musa Mustafa
    Nathan Nathaniel Nico Nikhil Noah Oisin Olaf Oliver Ollie Omar Oscar Osian Otis Owain Owen Patrick
    Paulo Pavel Peter Prakash Rafael Rahul Rajan Ralph Ravi Reece Reuben Rhys Ricardo Riley Robert Rohan
    Roman Rory Rowan Rupert Ryan Sami Samuel Sanjay Sebastian Segun Seth Shane Shaun Sidney Simon
    Stanley Stefan Stephen Sukhdeep Taha Tariq Taylor Teddy Theo Thomas Tobias Toby Tomasz Tommy Tyler
    Umar Victor Vikram Walid Will Wojciech Xavier Yahya Yash Youssef Yusuf Zach Zain Zakariya Zane
"""

_SURNAMES = """
    Abara Abbott Adams Addo Adebayo Adeleke Afolabi Ahmadi Ahmed Akhtar Akintola Alderton Ali Allen
    Amadi Amin Ansah Appiah Ashworth Aslam Atkins Aziz Bailey Baker Balogun Bangura Banks Barker Barrett
    Bashir Bates Begum Bennett Bhatt Bibi Bishop Blackwood Boateng Bowen Boyle Bradley Brennan Briggs
    Brooks Browne Burgess Burke Butt Byrne Callaghan Campbell Carroll Carter Castillo Chan Chapman
    Chaudhry Cheung Chowdhury Clarke Cole Collins Conteh Cooke Costa Cox Craven Cruz Cunningham Dauda
    Davies Dawson Deol Desai Dhillon Diallo Dixon Dobson Dogan Douglas Doyle Duarte Dunn Dyer Edwards
    Egan Ellis Evans Eze Farah Fernandes Ferreira Fisher Fitzgerald Flanagan Fletcher Forde Fraser
    Gallagher Garcia Gardner Ghosh Gibson Gill Gomes González Gordon Grant Graves Griffiths Gupta Gurung
    Hall Hamilton Haque Hardy Hargreaves Harris Hassan Hayes Hendry Henshaw Hinds Holloway Hopkins
    Horton Howell Hughes Hussein Hutton Ibrahim Idowu Iqbal Islam Jackson Jama James Jarvis Javed
    Jenkins Johal Johnson-Reid Jones Joseph Kamara Kapoor Kaur Kelly Kendrick Khalil Khan Khatun King
    Kingsley Knight Kowalski Kumar Lam Lawal Lawson Leary Lee Lewis Lloyd Lopes Lowe MacDonald Mackenzie
    Mahmood Malik Marsh Martins Mbeki McAllister McCarthy McKenna Mehmood Mensah Mian Miah Middleton
    Miller Mirza Mistry Mohamed Moran Morris Müller Murphy Mwangi Nash Nawaz Ndlovu Newton Nguyen Nolan
    Novak Nowak Nwosu Oakley O'Brien O'Connor O'Neill Obi Odhiambo Ofori Ogden Okafor Okoro Oliveira
    Omar Onyango Osei Osman Owens Owusu Palmer Parekh Park Parmar Patel Pearce Pereira Perry Petrov
    Phillips Pinto Popescu Powell Prasad Price Qureshi Rahman Raja Ramos Rashid Reddy Rees Reid Reilly
    Rhodes Ribeiro Richards Riley Roberts Robinson Rodrigues Rose Rossi Rowe Russell Saeed Saini Sanders
    Sandhu Santos Sarkar Schmidt Sesay Shah Sharma Sheikh Shepherd Siddiqui Silva Simmons Singh Smith
    Solanki Sousa Spencer Stewart St-John Stone Sutton Suleiman Sultana Swift Tahir Tan Taylor Tesfaye
    Thapa Thomas Thornton Tran Tucker Turay Turner Uddin Usman Varga Vaughan Vaz Walker Wallace Walsh
    Wang Ward Warsame Watkins Webb Whitfield Wilde Williams Wong Woods Wright Yates Yeboah Yilmaz Young
    Yusuf Zaman Zhang
"""

_SCHOOLS = """
    Alderbrook Birchfield Cawdale Denholm Eastmere Fernhill Greywater Hazelbank Inglewick Juniper
    Kestrel Larchmount Millrace Northbeck Oakhanger Priorsfield Quarryside Ravensworth Stonecross
    Thornlea Underhill Valehead Westbrook Yewdale Ashcombe Brackenridge Copperfield Dunmoor Elmsway
    Foxcote
"""

GIRLS = tuple(_GIRLS.split())
BOYS = tuple(_BOYS.split())
SURNAMES = tuple(_SURNAMES.split())
SCHOOLS = tuple(_SCHOOLS.split())
